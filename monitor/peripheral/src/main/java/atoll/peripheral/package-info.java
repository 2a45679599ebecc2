/**
 * Devices of a user's own: a {@link atoll.peripheral.Peripheral} has registers, and reaches its
 * board by a {@link atoll.peripheral.Board}.
 *
 * <p>Must not be here: anything by which Atoll makes such a device. Programs of others are compiled
 * against this package, so what is here stays.
 */
package atoll.peripheral;
