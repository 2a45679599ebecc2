package atoll.server;

import atoll.host.Clock;
import atoll.image.RefusedException;
import atoll.image.Words;
import atoll.manager.Event;
import atoll.manager.EventListener;
import atoll.scenario.ConsoleKind;
import atoll.scenario.Scenario;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What happens in a system, VM by VM, and what happens to no VM. */
final class SystemFeeds implements EventListener {
  private final Clock clock;
  private final Map<String, Feed> ofVms = new LinkedHashMap<>();
  private final Feed others = new Feed(ConsoleKind.NONE);

  /**
   * @param clock says when something was
   */
  SystemFeeds(Scenario scenario, Clock clock) {
    this.clock = clock;
    scenario.vms().forEach(vm -> ofVms.put(vm.name(), new Feed(vm.console())));
  }

  @Override
  public void accept(Event event) {
    Feed feed = event instanceof Event.OfVm of ? ofVms.getOrDefault(of.vm(), others) : others;
    feed.tell(event, clock.nanos());
  }

  /**
   * The feed of a VM.
   *
   * @throws RefusedException if there is none of that name
   */
  Feed of(String vm) {
    Feed feed = ofVms.get(vm);
    if (feed == null) {
      throw new RefusedException(
          "there is no VM '%s'%s".formatted(vm, Words.nearestOf(vm, ofVms.keySet())));
    }
    return feed;
  }

  /**
   * From now on, events of these names go into a box.
   *
   * @param vm of that VM only, if one is named
   * @param history whether what VMs have printed lately comes first
   */
  void subscribe(Optional<String> vm, Mailbox box, Set<String> wanted, boolean history) {
    long now = clock.nanos();
    if (vm.isPresent()) {
      of(vm.get()).subscribe(vm.get(), box, wanted, history, now);
      return;
    }
    ofVms.forEach((name, feed) -> feed.subscribe(name, box, wanted, history, now));
    others.subscribe("", box, wanted, false, now);
  }

  /** Nothing goes into that box any more. */
  void unsubscribe(Mailbox box) {
    ofVms.values().forEach(feed -> feed.unsubscribe(box));
    others.unsubscribe(box);
  }

  /** Nobody waits for anything any more. */
  void close() {
    ofVms.values().forEach(Feed::close);
  }
}
