import { LinkTo } from '../../kit/link-to.js';
import type { Memberships } from './answers.js';
import classes from './people.module.css';

/** What somebody manages without being staff. */
export function ManagedPosts({ managed }: Pick<Memberships, 'managed'>) {
  if (managed.length === 0) return null;
  return (
    <p className={classes.muted}>
      Manages{' '}
      {managed.map(({ type, licence, owner, id, name }, at) => {
        const post = licence ?? owner ?? { id: id ?? '', name: name ?? '' };
        const joint = at === 0 ? '' : at === managed.length - 1 ? ' and ' : ', ';
        return (
          <span key={`${type}:${post.id}`}>
            {joint}
            <LinkTo href={`/${type === 'licence' ? 'licences' : 'owners'}/${post.id}`}>{post.name}</LinkTo>
            {type === 'owner' && ' with all its licences'}
          </span>
        );
      })}
      .
    </p>
  );
}
