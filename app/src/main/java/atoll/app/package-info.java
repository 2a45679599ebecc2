/** main. */
package atoll.app;
