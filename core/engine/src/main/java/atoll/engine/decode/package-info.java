/**
 * Pages of guest code as decoded instructions, and the handle on what a hart has translated of
 * them. Knows no address space and no hart.
 */
package atoll.engine.decode;
