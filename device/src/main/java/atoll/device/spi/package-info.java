/** What a backend implements so that a device has something behind it. */
package atoll.device.spi;
