import { ActionIcon, Button, Group, Select } from '@mantine/core';
import { ArrowDown, ArrowUp, Plus, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import kitClasses from '../../kit/kit.module.css';
import classes from './licences.module.css';
import { faultsOfChain, nameOfStep, newStep, type Step, type StepName, stepNames, stepWords } from './policy-words.js';
import { WholeField } from './whole-field.js';

/** The steps as they stand, and where a changed list goes. */
export interface PolicyStepsProps {
  readonly steps: readonly Step[];
  readonly onChange: (steps: Step[]) => void;
  readonly readOnly: boolean;
}

/** What is tried when no seat is free, in order: moved up and down, set, removed and added. */
export function PolicySteps({ steps, onChange, readOnly }: PolicyStepsProps) {
  const list = useRef<HTMLOListElement>(null);
  const [moved, setMoved] = useState<{ name: StepName; way: 'up' | 'down' } | null>(null);
  const faults = faultsOfChain(steps);
  const unused = stepNames.filter((name) => !steps.some((step) => nameOfStep(step) === name));

  // Whoever moves a step with the keyboard stays on it, although its place in the document is another one now.
  useEffect(() => {
    if (moved === null) return;
    const row = list.current?.querySelector(`[data-step="${moved.name}"]`);
    const wanted = row?.querySelector<HTMLButtonElement>(`[data-move="${moved.way}"]:not(:disabled)`);
    (wanted ?? row?.querySelector<HTMLButtonElement>('[data-move]:not(:disabled)'))?.focus();
  }, [moved]);

  function move(index: number, way: 'up' | 'down'): void {
    const to = way === 'up' ? index - 1 : index + 1;
    const next = [...steps];
    const [step] = next.splice(index, 1);
    if (step === undefined) return;
    next.splice(to, 0, step);
    onChange(next);
    setMoved({ name: nameOfStep(step), way });
  }

  return (
    <>
      <ol className={classes.steps} ref={list}>
        {steps.map((step, index) => (
          <li key={nameOfStep(step)} className={classes.step} data-step={nameOfStep(step)}>
            <StepHead
              step={step}
              place={{ index, last: steps.length - 1 }}
              readOnly={readOnly}
              onMove={move}
              onRemove={() => onChange(steps.filter((one) => one !== step))}
            />
            <StepSettings
              step={step}
              readOnly={readOnly}
              onChange={(next) => onChange(steps.map((one) => (one === step ? next : one)))}
            />
            {faults.has(index) && (
              <p className={classes.fault} role="alert">
                {faults.get(index)}
              </p>
            )}
          </li>
        ))}
        <li className={classes.step} data-step="refuse">
          <h3>Refuse</h3>
          <p>When nothing above helps, the person is refused, is told when a seat may be free, and can wait for it.</p>
        </li>
      </ol>
      <p className={kitClasses.hidden} aria-live="polite">
        {moved !== null && placeInWords(moved.name, steps)}
      </p>
      {!readOnly && unused.length > 0 && (
        <Group gap="xs" role="group" aria-label="Add a step">
          {unused.map((name) => (
            <Button
              key={name}
              variant="default"
              size="xs"
              leftSection={<Plus size={14} aria-hidden />}
              onClick={() => onChange([...steps, newStep(name)])}
            >
              {stepWords[name].title}
            </Button>
          ))}
        </Group>
      )}
    </>
  );
}

function placeInWords(name: StepName, steps: readonly Step[]): string {
  const index = steps.findIndex((step) => nameOfStep(step) === name);
  return index < 0 ? '' : `${stepWords[name].title} is now step ${index + 1} of ${steps.length + 1}.`;
}

interface StepHeadProps {
  readonly step: Step;
  readonly place: { readonly index: number; readonly last: number };
  readonly readOnly: boolean;
  readonly onMove: (index: number, way: 'up' | 'down') => void;
  readonly onRemove: () => void;
}

function StepHead({ step, place: { index, last }, readOnly, onMove, onRemove }: StepHeadProps) {
  const { title, does } = stepWords[nameOfStep(step)];
  return (
    <>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <h3>{title}</h3>
        {!readOnly && (
          <Group gap={4} wrap="nowrap">
            <ActionIcon
              variant="default"
              data-move="up"
              disabled={index === 0}
              onClick={() => onMove(index, 'up')}
              aria-label={`Try “${title}” earlier`}
            >
              <ArrowUp size={16} aria-hidden />
            </ActionIcon>
            <ActionIcon
              variant="default"
              data-move="down"
              disabled={index === last}
              onClick={() => onMove(index, 'down')}
              aria-label={`Try “${title}” later`}
            >
              <ArrowDown size={16} aria-hidden />
            </ActionIcon>
            <ActionIcon variant="default" onClick={onRemove} aria-label={`Remove “${title}”`}>
              <X size={16} aria-hidden />
            </ActionIcon>
          </Group>
        )}
      </Group>
      <p>{does}</p>
    </>
  );
}

interface StepSettingsProps {
  readonly step: Step;
  readonly readOnly: boolean;
  readonly onChange: (step: Step) => void;
}

function StepSettings({ step, readOnly, onChange }: StepSettingsProps) {
  if (step === 'end-own') return null;
  switch (step.step) {
    case 'reclaim-idle':
      return (
        <WholeField
          label="Idle for over"
          unit="minutes"
          most={10_080}
          value={step.idleMinutes}
          readOnly={readOnly}
          onChange={(idleMinutes) => onChange({ ...step, idleMinutes })}
        />
      );
    case 'displace':
      return (
        <Select
          label="Which of their sessions ends"
          readOnly={readOnly}
          allowDeselect={false}
          value={step.which}
          data={[
            { value: 'oldest', label: 'The one they opened first' },
            { value: 'idlest', label: 'The one they used least recently' },
          ]}
          onChange={(value) => onChange({ ...step, which: value === 'idlest' ? 'idlest' : 'oldest' })}
        />
      );
    case 'overage':
      return (
        <Group grow align="flex-start">
          <WholeField
            label="Seats over the limit"
            most={10_000_000}
            value={step.seats}
            readOnly={readOnly}
            onChange={(seats) => onChange({ ...step, seats })}
          />
          <WholeField
            label="Days in any 365"
            most={365}
            value={step.daysPerYear}
            readOnly={readOnly}
            onChange={(daysPerYear) => onChange({ ...step, daysPerYear })}
          />
        </Group>
      );
  }
}
