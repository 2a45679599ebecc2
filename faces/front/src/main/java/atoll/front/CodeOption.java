package atoll.front;

import atoll.manager.Manager;
import atoll.manager.SystemAction;
import picocli.CommandLine.Option;

/** Whether translated code of earlier runs is used. */
final class CodeOption {
  @Option(
      names = "--no-translation-cache",
      description = "use no translated code of earlier runs, and keep none for later ones")
  private boolean none;

  /** To be told to the manager before a system is made. */
  void tell(Manager manager) {
    if (none) {
      manager.perform(new SystemAction.KeepTranslations(false));
    }
  }
}
