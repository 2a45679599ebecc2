/** Every foreign call of the project: mappings, raw memory, host clock. */
package atoll.host;
