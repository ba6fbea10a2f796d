// What npm refuses only after everything is built, or takes although it is wrong.

/**
 * Why a manifest can't be published from here, if it can't.
 * @param {{ readonly version: string, readonly repository?: { readonly url?: string } }} manifest
 * @param {Readonly<Record<string, string | undefined>>} env of the workflow
 * @returns {string[]}
 */
export function releaseFaults({ version, repository }, { GITHUB_REF_TYPE, GITHUB_REF_NAME }) {
  const faults = [];
  if (GITHUB_REF_TYPE === 'tag' && GITHUB_REF_NAME !== `v${version}`) {
    faults.push(`the tag is ${GITHUB_REF_NAME}, and package.json says ${version}`);
  }
  if (!repository?.url) faults.push('package.json names no repository to compare with where the workflow runs');
  return faults;
}
