/** Assemblers for the processors that Atoll runs on. */
package atoll.emit;
