export const ReferencePage = () => null
