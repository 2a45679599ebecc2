/**
 * The chain of a verified start (docs/verified-boot.md): what a system is made from, the list of it
 * that is signed, the copies that are verified and then used, and the log of that. It does not know
 * how a machine is made, nor who may sign: that is for {@code atoll.keys}.
 */
package atoll.trust;
