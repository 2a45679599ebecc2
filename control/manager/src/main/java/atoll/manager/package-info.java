/**
 * Virtual machines from descriptions: assembles platform, monitor and backends, and keeps the
 * images of the stock guest. {@link atoll.manager.VmAction} is its whole interface.
 *
 * <p>Must not be here: terminals, argument parsing, HTTP servers.
 */
package atoll.manager;
