type Changed = { readonly currentTarget: { readonly value: string } };
type TextsIn<Draft> = { [Name in keyof Draft]: Draft[Name] extends string ? Name : never }[keyof Draft] & string;

/** Has fields of text write into a draft: answers what a field is given for one text of it. `faults` are told by the same names. */
export function textsOf<Draft>(
  draft: Draft,
  set: (patch: Partial<Draft>) => void,
  faults: Readonly<Record<string, string>>,
) {
  return (name: TextsIn<Draft>, label: string) => ({
    label,
    value: draft[name] as string,
    error: faults[name],
    onChange: ({ currentTarget }: Changed) => set({ [name]: currentTarget.value } as Partial<Draft>),
  });
}
