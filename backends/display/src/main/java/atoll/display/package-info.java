/**
 * Screens of guests: the picture that a guest's display shows, as a file or to viewers by VNC, with
 * the keyboard and the pointer in front of it. Nothing here knows guest memory or virtio.
 */
package atoll.display;
