export { pdfTool } from './pdf.ts';
