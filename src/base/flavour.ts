/** The engines that write groups back: Connect Sync v1 and v2, and Cloud Sync's group provisioning to AD. */
export const flavours = ['connect-v1', 'connect-v2', 'cloud-sync'] as const;

export type Flavour = (typeof flavours)[number];
