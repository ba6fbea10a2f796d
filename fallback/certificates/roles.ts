/** What a membership certificate lets its holder do. [MS-PPSEC] 2.2.5.3. */
export type Role = 'admin' | 'inviting-member' | 'member';

/** As the text of the UUID, or as Windows holds a GUID: the first three groups with their bytes reversed. */
export type RoleOrder = 'text' | 'in-memory';

const UUIDS: Readonly<Record<Role, string>> = {
  admin: '04387127aa56450a8ce54f565c6790f4',
  'inviting-member': '4370fd89dc184cfb8dbf9853a8a9f905',
  member: 'f12dc4c708574ca093fcb1bb19a3d8c2',
};

/** What [MS-PNRP] 2.2.3.5.1.4 prints for the inviting member (D-17): read, never written. */
const INVITING_MEMBER_ALIAS = 'dd15f41ffc4e4922b0354c06a754d01d';

/** [MS-PPSEC] 2.2.5.3. */
const GRANTS: Readonly<Record<Role, readonly Role[]>> = {
  admin: ['admin', 'inviting-member', 'member'],
  'inviting-member': ['inviting-member', 'member'],
  member: [],
};

export function roleBytes(role: Role, order: RoleOrder): Uint8Array {
  return inOrder(UUIDS[role], order);
}

/** The role and the order that its bytes are in: no known value is another one reversed. */
export function roleFromBytes(bytes: Uint8Array): { readonly role: Role; readonly order: RoleOrder } | undefined {
  const candidates = [
    ...(Object.entries(UUIDS) as [Role, string][]),
    ['inviting-member', INVITING_MEMBER_ALIAS] as const,
  ];
  for (const order of ['in-memory', 'text'] as const) {
    const found = candidates.find(([, uuid]) => Buffer.compare(inOrder(uuid, order), bytes) === 0);
    if (found !== undefined) return { role: found[0], order };
  }
  return undefined;
}

/** Whether someone with `roles` may issue certificates with all of `granted`. [MS-PPSEC] 2.2.5.3. */
export function mayGrant(roles: readonly Role[], granted: readonly Role[]): boolean {
  return granted.every((role) => roles.some((own) => GRANTS[own].includes(role)));
}

/** Whether the delegator's list lets someone with `roles` use the classifier. [MS-PNRP] 2.2.3.5.1.5.1. */
export function isDelegated(delegator: readonly string[], roles: readonly Role[], classifier: string): boolean {
  if (delegator.length === 0) return true;
  if (extendsClassifiers(roles)) return delegator.some((prefix) => classifier.startsWith(prefix));
  return delegator.includes(classifier);
}

/** The same for a whole list; the empty one stands for all classifiers. [MS-PNRP] 2.2.3.5.1.5. */
export function isListDelegated(
  delegator: readonly string[],
  roles: readonly Role[],
  classifiers: readonly string[],
): boolean {
  if (classifiers.length > 0) return classifiers.every((each) => isDelegated(delegator, roles, each));
  return delegator.length === 0 || (extendsClassifiers(roles) && delegator.includes(''));
}

function extendsClassifiers(roles: readonly Role[]): boolean {
  return roles.includes('admin') || roles.includes('inviting-member');
}

function inOrder(uuid: string, order: RoleOrder): Buffer {
  const bytes = Buffer.from(uuid, 'hex');
  if (order === 'text') return bytes;
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}
