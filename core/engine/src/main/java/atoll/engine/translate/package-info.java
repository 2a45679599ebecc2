/**
 * The executor that runs translated code and decides what becomes some: blocks, regions, what is
 * known of each page, and counts.
 */
package atoll.engine.translate;
