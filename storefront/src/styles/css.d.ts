declare module "*.css" {
  /** The stylesheet as text, minified. */
  const styles: string;
  export default styles;
}
