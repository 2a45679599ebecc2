package atoll.api;

import atoll.host.HostMemory;
import atoll.manager.HeapRoom;

/** What a JVM must be like for VMs: its flags are its user's, not Atoll's launcher's. */
final class JvmCheck {
  private JvmCheck() {}

  static void require() {
    Operator.translated(() -> {
      HeapRoom.require(Runtime.getRuntime().maxMemory(), "-Xmx256m");
      return null;
    });
    requireNativeAccess();
  }

  /** Without the flag a JVM warns, or refuses; which of them, only an attempt tells. */
  private static void requireNativeAccess() {
    Module host = HostMemory.class.getModule();
    if (host.isNativeAccessEnabled()) {
      return;
    }
    try {
      HostMemory.allocate(4096).close();
    } catch (IllegalCallerException | ExceptionInInitializerError | NoClassDefFoundError e) {
      throw new AtollException(
          "this JVM lets Atoll not call the operating system, by which it maps guests' memory; start it with --enable-native-access="
              + (host.isNamed() ? host.getName() : "ALL-UNNAMED"),
          e);
    }
  }
}
