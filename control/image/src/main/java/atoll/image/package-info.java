/**
 * What guests boot from: the stock Linux of Debian's archive, verified to its keys and kept in the
 * user's cache; files to be added to it; and the programs that come with Atoll.
 *
 * <p>Must not be here: how a machine is made, terminals.
 */
package atoll.image;
