package atoll.manager;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.scenario.ChannelDescription;
import atoll.state.RecordCodec;
import atoll.state.Value;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What was saved of a system by an older version is brought up to date. */
class OlderSystemTest {
  @Test
  void theEndsOfItsChannelsAreAtollsOwnDevices() {
    ChannelDescription channel =
        new ChannelDescription(
            "data",
            4096,
            List.of(
                new ChannelDescription.Endpoint("a", true),
                new ChannelDescription.Endpoint("b", false)));
    Value.Fields now = (Value.Fields) RecordCodec.toValue(channel);
    List<Value> ends =
        ((Value.Listing) now.values().get("endpoints"))
            .items().stream().<Value>map(end -> ((Value.Fields) end).without("device")).toList();
    Value.Fields older = now.with("endpoints", Value.of(ends));
    assertThat(channel(SavedSystemUpgrades.withOwnDevicesOnly(saved(older)))).isEqualTo(channel);
  }

  private static Value.Fields saved(Value channel) {
    Value.Fields scenario =
        new Value.Fields("Scenario", Map.of("channels", Value.of(List.of(channel))), Value.MADE);
    return new Value.Fields("SavedSystem", Map.of("scenario", scenario), Value.MADE);
  }

  private static ChannelDescription channel(Value.Fields saved) {
    Value.Fields scenario = (Value.Fields) saved.values().get("scenario");
    Value first = ((Value.Listing) scenario.values().get("channels")).items().getFirst();
    return RecordCodec.fromValue(first, ChannelDescription.class);
  }
}
