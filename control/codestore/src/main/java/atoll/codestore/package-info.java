/**
 * Translated code that is kept on disk for later runs of whichever process, and in which form
 * (docs/translation-cache.md). It does not know what is in a piece of code, nor what translates.
 */
package atoll.codestore;
