import { Button } from '@mantine/core';
import { Printer } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { useMe } from '../../api/me.js';
import { ChangeSeats } from './change-seats.js';
import { DeleteLicence } from './delete-licence.js';
import { EditLicence } from './edit-licence.js';
import type { Licence } from './licence-types.js';
import { RenewLicence } from './renew-licence.js';
import { Reinstate, Suspend } from './suspend-licence.js';
import { useRights } from './use-rights.js';

type Opened = 'seats' | 'renew' | 'edit' | 'suspend' | 'reinstate' | 'delete';

/** What can be done with the whole of a licence. */
export function LicenceActions({ licence }: { readonly licence: Licence }) {
  const { can } = useMe();
  const may = useRights();
  const [opened, setOpened] = useState<Opened | null>(null);
  const close = () => setOpened(null);
  const button = (name: Opened, label: string, danger = false) => (
    <Button
      variant={danger ? 'outline' : 'default'}
      {...(danger && { color: 'danger' })}
      onClick={() => setOpened(name)}
    >
      {label}
    </Button>
  );
  const renewable = licence.validTo !== null || licence.startsOnFirstUse;
  return (
    <>
      {may('usage.read') && (
        <Button
          component={Link}
          href={`/licences/${licence.id}/report`}
          variant="default"
          leftSection={<Printer size={16} aria-hidden />}
        >
          Report
        </Button>
      )}
      {can('licence.write') && (
        <>
          {button('seats', 'Change seats')}
          {renewable && button('renew', 'Renew')}
          {button('edit', 'Edit')}
          {licence.state !== 'active' && button('reinstate', 'Reinstate')}
          {licence.state !== 'suspended' && button('suspend', 'Suspend')}
          {button('delete', 'Delete', true)}
          <ChangeSeats licence={licence} opened={opened === 'seats'} onClose={close} />
          <RenewLicence licence={licence} opened={opened === 'renew'} onClose={close} />
          <EditLicence licence={licence} opened={opened === 'edit'} onClose={close} />
          <Suspend licence={licence} opened={opened === 'suspend'} onClose={close} />
          <Reinstate licence={licence} opened={opened === 'reinstate'} onClose={close} />
          <DeleteLicence licence={licence} opened={opened === 'delete'} onClose={close} />
        </>
      )}
    </>
  );
}
