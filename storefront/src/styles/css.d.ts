declare module "*.css" {
  /** The styles as text, minified. */
  const styles: string;
  export default styles;
}
