package atoll.scenario;

/** The device that a virtual machine's console uses. */
public enum ConsoleKind {
  /** Input and output by the UART (and the firmware's console). */
  SERIAL,

  /** Input and output by a virtio console; the UART shows output only, as for stock Linux. */
  VIRTIO,

  /** Output is dropped and there is no input. */
  NONE;

  private static final String ASKED = "console=";

  /**
   * What a guest's console is connected to by default: stock Linux and systems of Atoll's images
   * have theirs on the virtio console, if their command line does not ask for another one by {@code
   * console=}.
   */
  public static ConsoleKind usual(Guest guest) {
    boolean virtio =
        switch (guest) {
          case Guest.Linux linux ->
              linux.images().kernel().isEmpty() && !asksForAnother(linux.images().append());
          case Guest.Installed installed -> !asksForAnother(installed.images().append());
          case Guest.Image image -> !image.uefi() && !asksForAnother(image.append());
          case Guest.Program program -> false;
          case Guest.Custom custom -> false;
          case Guest.Uefi uefi -> false;
        };
    return virtio ? VIRTIO : SERIAL;
  }

  /** Whether the last {@code console=} of a command line names no virtio console. */
  private static boolean asksForAnother(String commandLine) {
    boolean another = false;
    for (String word : commandLine.split("\\s+", -1)) {
      another = word.startsWith(ASKED) ? !word.startsWith("hvc", ASKED.length()) : another;
    }
    return another;
  }
}
