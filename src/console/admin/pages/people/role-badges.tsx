import { Badge } from '@mantine/core';
import classes from './people.module.css';

/** The roles somebody has. The one that everybody has goes without saying. */
export function RoleBadges({ roles, none = '' }: { readonly roles: readonly string[]; readonly none?: string }) {
  const told = roles.filter((role) => role !== 'user');
  if (told.length === 0) return <span className={classes.muted}>{none}</span>;
  return (
    <span className={classes.badges}>
      {told.map((role) => (
        <Badge key={role} variant="default" tt="none" fw={500}>
          {role}
        </Badge>
      ))}
    </span>
  );
}
