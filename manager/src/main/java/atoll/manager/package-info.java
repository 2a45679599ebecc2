/** Virtual machines by configuration: lifecycle, images. */
package atoll.manager;
