import type { Random } from '../lab/generator/random.ts';
import type { World } from './world.ts';

/** Gives the groups of a world addresses, aliases and settings, some of which fit together, and Exchange its lists and domains. */
export function addRecipients(world: World, random: Random): void {
  const { pick, chance, sample, below } = random;
  const nicknames = ['sales', 'Sales', 'a b', '.x', 'x(y', "o'neil"];
  world.cloud_group = world.cloud_group.map(group => {
    const twin = twinOf(world, group.id);
    const mail = twin?.mail != null && chance(0.7) ? twin.mail.toLowerCase() : pick([group.mail, 'other@ex.com']);
    const local = group.id.slice(-6);
    return {
      ...group,
      mail,
      mail_nickname: pick([null, ...nicknames, `n${local}`, `n${local}`, `n${local}`]),
      proxy_addresses: sample(
        [
          ...(mail === null ? [] : [`SMTP:${mail}`]),
          ...(twin?.proxy_addresses ?? []).map(each => each.replace(/^SMTP:/, 'smtp:')),
          `smtp:${local}@t.onmicrosoft.com`,
          `smtp:${local}@ex.com`,
          'X500:/o=smtp:old',
        ],
        below(5),
      ),
    };
  });
  world.ad_group = world.ad_group.map(object => {
    const cloud = world.cloud_group.find(each => twinOf(world, each.id)?.guid === object.guid);
    return {
      ...object,
      mail_nickname:
        cloud?.mail_nickname != null && chance(0.6) ? cloud.mail_nickname.toUpperCase() : pick([null, ...nicknames]),
      show_in_address_book:
        object.show_in_address_book.length === 0 ? [] : sample(['CN=GAL', 'cn=gal', 'CN=Old'], random.between(1, 2)),
      hide_dl_membership: pick([null, true, true, false]),
      require_auth_to_send: pick([null, true, false]),
    };
  });
  for (const { id } of world.cloud_group) {
    // Graph and whoever declares tell what Exchange holds, or nothing; a declaration that is wrong is beyond anybody who reads.
    const [hidden, external] = [chance(0.5), chance(0.5)];
    world.cloud_mail_setting.push({
      group_id: id,
      hidden_from_address_lists: pick([null, hidden, hidden]),
      allow_external_senders: pick([null, external, external]),
    });
    if (chance(0.3))
      world.declared_recipient.push({
        group_id: id,
        hidden_from_address_lists: pick([null, hidden, hidden]),
        require_sender_authentication: pick([null, !external, !external]),
      });
  }
  if (chance(0.8))
    world.ad_address_list.push({ guid: 'eeeeeeee-0000-4000-8000-000000000001', dn: 'CN=GAL', name: null });
  for (const name of sample(['ex.com', '*.com', '*', 'else.org'], below(4)))
    world.ad_accepted_domain.push({
      name,
      kind: pick(['authoritative', 'internal-relay', 'external-relay', 'unknown']),
      flags: null,
    });
}

function twinOf(world: World, id: string) {
  return world.ad_group.find(each =>
    [each.external_id, each.admin_description].some(marker => marker?.toLowerCase() === `group_${id}`),
  );
}
