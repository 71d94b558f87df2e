import { NumberInput } from '@mantine/core';
import { useState } from 'react';

/** A whole number with its bounds. */
export interface WholeFieldProps {
  readonly label: string;
  readonly description?: string | undefined;
  readonly unit?: string;
  readonly least?: number;
  readonly most: number;
  readonly value: number;
  readonly readOnly?: boolean;
  readonly error?: string | undefined;
  readonly onChange: (value: number) => void;
}

/** A field for a whole number. While it is empty or out of bounds the last good number stands, and leaving the field shows it. */
export function WholeField({
  label,
  description,
  unit,
  least = 1,
  most,
  value,
  readOnly = false,
  error,
  onChange,
}: WholeFieldProps) {
  const [typed, setTyped] = useState<number | string>(value);
  const given = typeof typed === 'number' && Number.isInteger(typed) && typed >= least && typed <= most;
  return (
    <NumberInput
      label={label}
      description={description}
      error={error}
      min={least}
      max={most}
      allowDecimal={false}
      allowNegative={false}
      readOnly={readOnly}
      thousandSeparator=","
      suffix={unit === undefined ? '' : ` ${unit}`}
      value={given && typed !== value ? value : typed}
      onChange={(next) => {
        setTyped(next);
        if (typeof next === 'number' && Number.isInteger(next) && next >= least && next <= most) onChange(next);
      }}
      onBlur={() => setTyped(value)}
    />
  );
}
