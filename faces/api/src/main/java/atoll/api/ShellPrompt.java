package atoll.api;

import atoll.scenario.Guest;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The prompt that a guest of Atoll's comes to by itself; another one is where its user has led it.
 */
final class ShellPrompt {
  /** How long a guest may take to it. */
  private static final Duration BOOT = Duration.ofMinutes(5);

  private static final Pattern ATOLLS = Pattern.compile("atoll:\\S*# ");
  private static final Pattern ROOTS = Pattern.compile("root@\\S*# ");

  private final Vm vm;
  private final Optional<Pattern> prompt;
  private int reached;

  /** The life that the VM has at first has been there before it was saved. */
  private boolean before;

  /**
   * @param before whether the VM goes on from a snapshot
   */
  ShellPrompt(Vm vm, Guest guest, boolean before) {
    this.vm = vm;
    this.before = before;
    prompt =
        switch (guest) {
          case Guest.Linux linux when linux.images().initrd().isEmpty() -> Optional.of(ATOLLS);
          case Guest.Installed installed -> Optional.of(ROOTS);
          default -> Optional.empty();
        };
  }

  /** Waits until it has been there in the present life. */
  synchronized void reach() {
    int now = vm.lives();
    if (now != reached && !before) {
      prompt.ifPresent(text -> vm.console().awaitPrompt(text, BOOT));
    }
    reached = now;
    before = false;
  }
}
