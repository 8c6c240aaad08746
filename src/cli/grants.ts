import { escapeTerminal, normalizeDn, splitDn } from '../base/index.ts';
import type { Cloud, Config } from '../config/index.ts';
import { type Right, type RightName, rights } from '../snapshot/index.ts';

/** A shell or program whose commands grant rights. */
export type GrantTool = 'powershell' | 'azure-cli' | 'dsacls';

/** Commands as text, ready to be pasted; what is not known stands in angle brackets. */
export type GrantWriter = (needed: readonly RightName[], config: Config) => string;

/** Who writes commands for which tool. Add one here: `permissions --commands` and its help read this table. */
export const grantWriters: Readonly<Record<GrantTool, GrantWriter>> = {
  powershell: graphPowerShell,
  'azure-cli': azureCli,
  dsacls,
};

const GRAPH = '00000003-0000-0000-c000-000000000000';

const clouds: Readonly<Record<Cloud, { readonly mg: string; readonly az: string; readonly graph: string }>> = {
  global: { mg: 'Global', az: 'AzureCloud', graph: 'https://graph.microsoft.com' },
  usgov: { mg: 'USGov', az: 'AzureUSGovernment', graph: 'https://graph.microsoft.us' },
  'usgov-dod': { mg: 'USGovDoD', az: 'AzureUSGovernment', graph: 'https://dod-graph.microsoft.us' },
  china: { mg: 'China', az: 'AzureChinaCloud', graph: 'https://microsoftgraph.chinacloudapi.cn' },
};

/** The application permissions of Microsoft Graph among the rights: those that have an id. */
function appRoles(needed: readonly RightName[]): readonly { readonly id: string; readonly name: string }[] {
  return needed.flatMap(key => {
    const { appRole: id, name }: Right = rights[key];
    return id === undefined ? [] : [{ id, name }];
  });
}

function applicationOf({ graph }: Config) {
  const clientId = graph && 'clientId' in graph.auth ? graph.auth.clientId : undefined;
  return {
    client: clientId ?? '<client id>',
    tenant: graph?.tenant ?? '<tenant id>',
    cloud: clouds[graph?.cloud ?? 'global'],
  };
}

function graphPowerShell(needed: readonly RightName[], config: Config): string {
  const roles = appRoles(needed);
  if (roles.length === 0) return '# Nothing to grant in Microsoft Graph.\n';
  const { client, tenant, cloud } = applicationOf(config);
  return `# Microsoft Graph PowerShell, as a Privileged Role Administrator. For applications and managed identities alike.
Connect-MgGraph -Environment ${cloud.mg} -TenantId '${tenant}' -Scopes 'Application.Read.All', 'AppRoleAssignment.ReadWrite.All'
$app = Get-MgServicePrincipal -Filter "appId eq '${client}'"
$graph = Get-MgServicePrincipal -Filter "appId eq '${GRAPH}'"
@(
${roles.map(({ id, name }) => `  '${id}' # ${name}`).join('\n')}
) | ForEach-Object {
  New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id -PrincipalId $app.Id -ResourceId $graph.Id -AppRoleId $_
}
`;
}

function azureCli(needed: readonly RightName[], config: Config): string {
  const roles = appRoles(needed);
  if (roles.length === 0) return '# Nothing to grant in Microsoft Graph.\n';
  const { client, tenant, cloud } = applicationOf(config);
  return `# Azure CLI in a POSIX shell, as a Privileged Role Administrator. For applications and managed identities alike.
az cloud set --name ${cloud.az}
az login --tenant '${tenant}' --allow-no-subscriptions
app=$(az ad sp show --id '${client}' --query id --output tsv)
graph=$(az ad sp show --id ${GRAPH} --query id --output tsv)
while read -r role name; do
  az rest --method POST --url "${cloud.graph}/v1.0/servicePrincipals/$app/appRoleAssignments" \\
    --resource ${cloud.graph} --headers Content-Type=application/json \\
    --body "{\\"principalId\\":\\"$app\\",\\"resourceId\\":\\"$graph\\",\\"appRoleId\\":\\"$role\\"}" </dev/null
done <<'ROLES'
${roles.map(({ id, name }) => `${id} ${name}`).join('\n')}
ROLES
`;
}

function dsacls(needed: readonly RightName[], { ad }: Config): string {
  const own = needed.filter(name => rights[name].source === 'ad');
  if (own.length === 0) return '# Nothing to grant in Active Directory.\n';
  const containers = (ad?.containers ?? []).map(({ dn }) => dn);
  const domains = distinct([...(ad?.base === undefined ? [] : [ad.base]), ...containers.map(domainOf)]);
  const bases = domains.length > 0 ? domains : ['DC=contoso,DC=com'];
  const account = accountOf(ad !== undefined && 'user' in ad.bind ? ad.bind.user : undefined);
  const lines = [
    '# PowerShell on a domain controller, as a Domain Admin. The audit account is an ordinary domain user, in no administrative group.',
  ];
  const grant = (dn: string, right: string, more = '') =>
    lines.push(`dsacls ${quote(dn)}${more} /G ${quote(`${account}:${right}`)}`);
  if (own.includes('deletedObjects'))
    for (const base of bases) {
      lines.push('# Deleted objects: list and read, which only administrators have by default.');
      lines.push(`dsacls ${quote(`CN=Deleted Objects,${base}`)} /takeownership`);
      grant(`CN=Deleted Objects,${base}`, 'LCRP');
    }
  if (own.includes('auditing'))
    lines.push(
      '# What is audited: a privilege, which dsacls cannot grant. In a group policy of the domain controllers, User Rights Assignment:',
      `# "Manage auditing and security log" (SeSecurityPrivilege) for ${escapeTerminal(account)}.`,
    );
  lines.push(
    '# The rest is needed only where default access lists were tightened: list, read of properties and of access lists.',
  );
  for (const dn of containers) grant(dn, 'GR', ' /I:T');
  for (const base of bases) {
    grant(base, 'GR', containers.length === 0 ? ' /I:T' : '');
    if (containers.length > 0) grant(`CN=Users,${base}`, 'GR', ' /I:T');
    if (own.includes('accessLists')) grant(`CN=AdminSDHolder,CN=System,${base}`, 'RCRP');
  }
  return `${lines.join('\n')}\n`;
}

function domainOf(dn: string): string {
  return splitDn(dn)
    .filter(part => /^\s*DC\s*=/i.test(part))
    .join(',');
}

function distinct(dns: readonly string[]): readonly string[] {
  return [...new Map(dns.filter(dn => dn !== '').map(dn => [normalizeDn(dn), dn])).values()];
}

// dsacls takes DOMAIN\user and user@domain, not a distinguished name.
function accountOf(user: string | undefined): string {
  return user !== undefined && /^[^=:]+[\\@][^=:]+$/.test(user) ? user : 'CONTOSO\\audit';
}

/** Text as one argument of PowerShell: nothing in it is expanded. */
function quote(text: string): string {
  // PowerShell takes typographic quotes for quotes too.
  return `'${escapeTerminal(text).replace(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`;
}
