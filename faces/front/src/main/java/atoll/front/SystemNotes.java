package atoll.front;

import atoll.console.HostConsole;
import atoll.manager.SystemListener;
import atoll.vmm.Outcome;
import java.util.Optional;

/**
 * Says on the console what becomes of a system's machines.
 *
 * @param console where
 */
record SystemNotes(HostConsole console) implements SystemListener {
  @Override
  public void beginsAgain(String vm) {
    console.note(vm, vm + " begins again");
  }

  @Override
  public void noticed(String vm, String text) {
    console.note(vm, vm + ": " + text);
  }

  @Override
  public void ended(String vm, Outcome outcome, Optional<Restart> restart) {
    String next =
        restart
            .map(again ->
                "; starts again in %d ms (%d of %d)"
                    .formatted(again.backoff().toMillis(), again.number(), again.most()))
            .orElse("");
    console.note(vm, vm + " " + Ending.inWords(outcome) + next);
  }
}
