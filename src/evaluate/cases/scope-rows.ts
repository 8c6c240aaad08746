import type { Row, TableRows } from '../../snapshot/index.ts';
import { escapeRdn } from './ad-group.ts';
import { within } from './naming.ts';
import { bare, type CloudThing, liesInContainer, spelled, type World } from './world.ts';

/** What lies in the containers beside groups, and who may activate a membership, as a case states them. */
export function scopeRows(world: World, users: readonly Row<'ad_user'>[]): TableRows {
  const groups = [...world.cloudThings.entries()].flatMap(([, thing]) => (thing.group ? [thing] : []));
  return {
    ad_child: [...childRows(world), ...users.flatMap(user => childOf(world, user))],
    cloud_eligibility: groups.flatMap(thing => eligibleRows(world, thing)),
    cloud_pim_rule: groups.flatMap(thing => ruleRows(thing)),
  };
}

function childRows(world: World): Row<'ad_child'>[] {
  return (world.forest.children ?? []).flatMap((named, index) => {
    const { id, class: kind = 'computer', container } = spelled(named, bare);
    const place = within(world.place, 'ad', 'children', index);
    const guid = world.adThings.get(id)?.guid;
    const found = world.containers.find(({ name, kind: is }) => name === (container ?? name) && is === 'writeback');
    if (!found) world.notes.note(within(place, 'container'), 'unknown-name', `there is no container \`${container}\``);
    if (guid === undefined || !found) return [];
    const prefix = kind === 'organizationalUnit' ? 'OU' : 'CN';
    return [{ guid, container_dn: found.dn, dn: `${prefix}=${escapeRdn(id)},${found.dn}`, object_class: kind, cn: id }];
  });
}

/** A user who lies in a container. */
function childOf(world: World, { guid, dn, cn, object_class }: Row<'ad_user'>): Row<'ad_child'>[] {
  const above = world.containers.find(container => liesInContainer(dn, [container]));
  return above === undefined ? [] : [{ guid, container_dn: above.dn, dn, object_class, cn }];
}

function eligibleRows(world: World, { id, group, place }: CloudThing): Row<'cloud_eligibility'>[] {
  return (group?.eligible ?? []).flatMap((name, index) => {
    const principal = world.cloudThings.find(name, within(place, 'eligible', index));
    return principal ? [{ group_id: id, principal_id: principal.id, access: 'member', ends: null }] : [];
  });
}

function ruleRows({ id, group }: CloudThing): Row<'cloud_pim_rule'>[] {
  if (group?.eligible === undefined || group.activation === null) return [];
  const hours = Number((group.activation ?? '8h').slice(0, -1));
  return [{ group_id: id, access: 'member', max_activation_seconds: hours * 3600 }];
}
