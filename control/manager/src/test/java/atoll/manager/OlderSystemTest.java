package atoll.manager;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.scenario.ChannelDescription;
import atoll.scenario.ShareSpec;
import atoll.state.RecordCodec;
import atoll.state.Value;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    assertThat(channel(SavedSystemUpgrades.withOwnDevicesOnly(saved("channels", older))))
        .isEqualTo(channel);
  }

  @Test
  void itsFoldersAreThereForOthersToo() {
    ShareSpec share = new ShareSpec(Path.of("/work"), "work", true, Optional.of("/work"));
    Value.Fields older = ((Value.Fields) RecordCodec.toValue(share)).without("exclusive");
    Value.Fields vm =
        new Value.Fields("VmDescription", Map.of("shares", Value.of(List.of(older))), Value.MADE);
    Value.Fields now = SavedSystemUpgrades.withFoldersForAll(saved("vms", vm));
    Value.Fields machine = (Value.Fields) first(scenario(now), "vms");
    assertThat(RecordCodec.fromValue(first(machine, "shares"), ShareSpec.class)).isEqualTo(share);
  }

  private static Value.Fields saved(String key, Value item) {
    Value.Fields scenario =
        new Value.Fields("Scenario", Map.of(key, Value.of(List.of(item))), Value.MADE);
    return new Value.Fields("SavedSystem", Map.of("scenario", scenario), Value.MADE);
  }

  private static Value.Fields scenario(Value.Fields saved) {
    return (Value.Fields) saved.values().get("scenario");
  }

  private static Value first(Value.Fields in, String key) {
    return ((Value.Listing) in.values().get(key)).items().getFirst();
  }

  private static ChannelDescription channel(Value.Fields saved) {
    return RecordCodec.fromValue(first(scenario(saved), "channels"), ChannelDescription.class);
  }
}
