export const template = (): string => '';
