/** Command line. */
package atoll.front;
