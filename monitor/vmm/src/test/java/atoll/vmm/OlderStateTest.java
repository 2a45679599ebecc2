package atoll.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.state.Value;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A state of an older version is brought up to date. */
class OlderStateTest {
  private static Value.Fields queue(long underway) {
    return new Value.Fields(
        "SplitQueue.State",
        Map.of(
            "size", Value.of(8),
            "underway", Value.of(underway),
            "read", Value.of(16),
            "written", Value.of(300)),
        Value.MADE);
  }

  private static Value.Fields system(Value.Fields... queues) {
    Value.Fields session =
        new Value.Fields(
            "VirtioSession.State", Map.of("queues", Value.of(List.of(queues))), Value.MADE);
    Value.Fields other = new Value.Fields("Other", Map.of("underway", Value.of(7)), Value.MADE);
    return new Value.Fields(
        "SystemState", Map.of("vms", Value.of(List.of(session, other))), Value.MADE);
  }

  private static List<Value> queues(Value.Fields system) {
    Value.Fields session =
        (Value.Fields) ((Value.Listing) system.values().get("vms")).items().getFirst();
    return ((Value.Listing) session.values().get("queues")).items();
  }

  @Test
  void theOneRequestOfAQueueBecomesTheFirstOfAList() {
    Value.Fields newer = SystemState.withRequests(system(queue(5), queue(-1)));
    Value.Fields first = (Value.Fields) queues(newer).get(0);
    Value.Fields second = (Value.Fields) queues(newer).get(1);
    assertThat(first.values()).containsOnlyKeys("size", "requests");
    Value.Fields request =
        (Value.Fields) ((Value.Listing) first.values().get("requests")).items().getFirst();
    assertThat(request.type()).isEqualTo("SplitQueue.Request");
    assertThat(request.values())
        .isEqualTo(Map.of("head", Value.of(5), "read", Value.of(16), "written", Value.of(300)));
    assertThat(second.values()).containsEntry("requests", Value.of(List.of()));
  }

  @Test
  void whatIsNoQueueStaysAsItIs() {
    Value.Fields newer = SystemState.withRequests(system());
    assertThat(((Value.Listing) newer.values().get("vms")).items().get(1))
        .isEqualTo(new Value.Fields("Other", Map.of("underway", Value.of(7)), Value.MADE));
  }

  @Test
  void anEndOfAChannelIsRungByWhatTheOtherEndRang() {
    Value.Fields channel =
        new Value.Fields(
            "ChannelState",
            Map.of("name", Value.of(1), "forth", Value.of(2), "back", Value.of(3)),
            Value.MADE);
    Value.Fields older =
        new Value.Fields("SystemState", Map.of("channels", Value.of(List.of(channel))), Value.MADE);
    Value.Fields newer = SystemState.withBells(older);
    Value.Fields first =
        (Value.Fields) ((Value.Listing) newer.values().get("channels")).items().getFirst();
    assertThat(first.values())
        .isEqualTo(
            Map.of("name", Value.of(1), "bells", Value.of(List.of(Value.of(3), Value.of(2)))));
  }
}
