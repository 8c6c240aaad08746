/** The kinds of object the double serves. */
export type Kind = 'group' | 'user' | 'device' | 'orgContact' | 'servicePrincipal' | 'organization';

type Shape = {
  /** Returned without `$select`. */
  readonly usual: readonly string[];
  /** Returned only when selected. */
  readonly selected: readonly string[];
  /** As `selected`, but only for one object, never in a list. */
  readonly single: readonly string[];
  /** As `selected`, but only in beta. */
  readonly beta: readonly string[];
};

function shape(usual: string, selected: string, single = '', beta = ''): Shape {
  const words = (text: string): readonly string[] => text.split(/\s+/).filter(word => word !== '');
  return { usual: words(usual), selected: words(selected), single: words(single), beta: words(beta) };
}

// After the "Properties" tables of the resource types in Microsoft Graph's reference, v1.0 unless noted.
const shapes: Readonly<Record<Kind, Shape>> = {
  group: shape(
    `id deletedDateTime classification createdDateTime creationOptions description displayName expirationDateTime groupTypes
     isAssignableToRole mail mailEnabled mailNickname membershipRule membershipRuleProcessingState onPremisesDomainName
     onPremisesLastSyncDateTime onPremisesNetBiosName onPremisesSamAccountName onPremisesSecurityIdentifier onPremisesSyncEnabled
     preferredDataLocation preferredLanguage proxyAddresses renewedDateTime resourceBehaviorOptions resourceProvisioningOptions
     securityEnabled securityIdentifier theme uniqueName visibility onPremisesProvisioningErrors serviceProvisioningErrors`,
    'isArchived isManagementRestricted licenseProcessingState assignedLabels assignedLicenses onPremisesExtensionAttributes',
    'hideFromAddressLists hideFromOutlookClients allowExternalSenders autoSubscribeNewMembers isSubscribedByMail unseenCount',
    'writebackConfiguration',
  ),
  user: shape(
    `id businessPhones displayName givenName jobTitle mail mobilePhone officeLocation preferredLanguage surname userPrincipalName`,
    `accountEnabled userType createdDateTime deletedDateTime proxyAddresses otherMails mailNickname securityIdentifier
     onPremisesSyncEnabled onPremisesImmutableId onPremisesSecurityIdentifier onPremisesDistinguishedName onPremisesSamAccountName
     onPremisesDomainName onPremisesUserPrincipalName onPremisesLastSyncDateTime onPremisesProvisioningErrors
     onPremisesExtensionAttributes serviceProvisioningErrors`,
  ),
  device: shape(
    `id deletedDateTime accountEnabled deviceId displayName trustType operatingSystem operatingSystemVersion
     onPremisesSyncEnabled onPremisesLastSyncDateTime onPremisesSecurityIdentifier`,
    'isCompliant isManaged profileType',
  ),
  orgContact: shape(
    `id deletedDateTime companyName department displayName givenName jobTitle mail mailNickname proxyAddresses surname
     onPremisesSyncEnabled onPremisesLastSyncDateTime onPremisesProvisioningErrors`,
    'serviceProvisioningErrors',
  ),
  servicePrincipal: shape(
    `id deletedDateTime accountEnabled alternativeNames appDisplayName appId applicationTemplateId appOwnerOrganizationId
     appRoleAssignmentRequired appRoles displayName servicePrincipalNames servicePrincipalType tags`,
    'createdDateTime',
  ),
  organization: shape(
    `id deletedDateTime createdDateTime displayName countryLetterCode tenantType onPremisesLastSyncDateTime onPremisesSyncEnabled
     verifiedDomains assignedPlans provisionedPlans`,
    'onPremisesSyncStatus',
  ),
};

const collections: ReadonlySet<string> = new Set(
  `appRoles creationOptions groupTypes proxyAddresses resourceBehaviorOptions resourceProvisioningOptions onPremisesProvisioningErrors
   serviceProvisioningErrors assignedLabels assignedLicenses businessPhones otherMails alternativeNames servicePrincipalNames tags
   verifiedDomains assignedPlans provisionedPlans`.split(/\s+/),
);

/** An object of the tenant, seen as a bag of properties. */
export type Item = Readonly<Record<string, unknown>>;

/** Which properties an answer shows, or why it cannot. */
export type Selection = { readonly names: readonly string[] } | { readonly problem: string };

/** Whether a property exists in that version, selected or not. */
export function isProperty(kind: Kind, name: string, beta: boolean): boolean {
  const { usual, selected, single, beta: betaOnly } = shapes[kind];
  return usual.includes(name) || selected.includes(name) || single.includes(name) || (beta && betaOnly.includes(name));
}

/** Whether a property is told of single objects only. */
export function isSingle(kind: Kind, name: string): boolean {
  return shapes[kind].single.includes(name);
}

/** Reads `$select`: the named properties, or the default set without it. `ignore` names what the caller serves itself. */
export function readSelection(
  kind: Kind,
  select: string | undefined,
  where: { readonly beta: boolean; readonly list: boolean },
  ignore: readonly string[] = [],
): Selection {
  if (select === undefined || select.trim() === '') return { names: shapes[kind].usual };
  const names = [...new Set(select.split(',').map(name => name.trim()))].filter(name => !ignore.includes(name));
  for (const name of names) {
    if (!isProperty(kind, name, where.beta))
      return {
        problem: `Parsing OData Select and Expand failed: Could not find a property named '${name}' on type 'microsoft.graph.${kind}'.`,
      };
    if (where.list && shapes[kind].single.includes(name))
      return { problem: `The property '${name}' can be selected only for a single ${kind}.` };
  }
  return { names };
}

/** The chosen properties of an object; what the tenant does not hold is null, or empty for collections. */
export function project(item: Item, names: readonly string[]): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const name of names) shown[name] = item[name] ?? (collections.has(name) ? [] : null);
  return shown;
}
