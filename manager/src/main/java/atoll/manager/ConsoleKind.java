package atoll.manager;

/** What a virtual machine's console is plugged into. */
public enum ConsoleKind {
  /** Input and output by the UART (and the firmware's console). */
  SERIAL,

  /** Input and output by a virtio console; the UART shows output only, as for stock Linux. */
  VIRTIO,

  /** Output is dropped and there is no input. */
  NONE
}
