/**
 * The NBD protocol: a client for disks that are elsewhere, and a server for disks that are here. It
 * knows neither images nor guests.
 */
package atoll.nbd;
