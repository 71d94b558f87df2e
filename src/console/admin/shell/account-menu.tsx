import { Button, Menu } from '@mantine/core';
import { BookOpen, ChevronDown, CircleUser, LogOut } from 'lucide-react';
import { useMe } from '../api/me.js';
import { useSignOut } from '../kit/sign-out.js';
import classes from './shell.module.css';

/** Who is signed in, their account, the manual, and the way out. */
export function AccountMenu() {
  const { user } = useMe();
  const name = user.name ?? user.email;
  const signOut = useSignOut();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="subtle"
          className={classes.account ?? ''}
          leftSection={<CircleUser size={18} aria-hidden />}
          rightSection={<ChevronDown size={14} aria-hidden />}
        >
          <span className={classes.accountName}>{name}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Signed in as {user.email}</Menu.Label>
        <Menu.Item component="a" href="/account" leftSection={<CircleUser size={16} aria-hidden />}>
          Your account
        </Menu.Item>
        <Menu.Item component="a" href="/manual" leftSection={<BookOpen size={16} aria-hidden />}>
          Manual
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<LogOut size={16} aria-hidden />} onClick={() => void signOut.run()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
