package atoll.manager;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.console.LogFile;
import atoll.image.LinuxImages;
import atoll.image.MirrorChoice;
import atoll.scenario.ConsoleKind;
import atoll.scenario.DiskSpec;
import atoll.scenario.Guest;
import atoll.scenario.NetworkDescription;
import atoll.scenario.NetworkDescription.Uplink;
import atoll.scenario.NicDescription;
import atoll.scenario.RestartPolicy;
import atoll.scenario.Scenario;
import atoll.scenario.ShareSpec;
import atoll.scenario.VmDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WarmKeyTest {
  private static final Path SOMEWHERE = Path.of("somewhere");
  private static final Function<Path, Optional<String>> NAMES =
      file -> Optional.of(file.toString());

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void make() throws IOException {
    file = Files.createFile(folder.resolve("file"));
  }

  private static VmDescription.Builder vm(Guest.Images images) {
    return VmDescription.builder("vm", new Guest.Linux(MirrorChoice.USUAL, "dumb", images))
        .console(ConsoleKind.VIRTIO);
  }

  private static VmDescription.Builder vm() {
    return vm(Guest.Images.none());
  }

  private static Guest.Images images(Optional<Path> kernel, Optional<Path> initrd) {
    return new Guest.Images(kernel, Optional.empty(), initrd, Optional.empty(), "");
  }

  private static SystemAction.CreateSystem of(VmDescription.Builder vm) {
    return new SystemAction.CreateSystem(Scenario.of(vm.build()), "dumb", Map.of(), true);
  }

  static Stream<UnaryOperator<VmDescription.Builder>> unsuitable() {
    return Stream.of(
        vm -> vm.console(ConsoleKind.SERIAL),
        vm -> vm.disks(List.of(new DiskSpec(SOMEWHERE, false))),
        vm -> vm.shares(List.of(new ShareSpec(SOMEWHERE, "tag", false, Optional.empty()))),
        vm -> vm.consoleLog(Optional.of(new LogFile(SOMEWHERE, OptionalLong.empty()))));
  }

  @ParameterizedTest
  @MethodSource("unsuitable")
  void whatHasAnotherSideBoots(UnaryOperator<VmDescription.Builder> more) {
    assertThat(WarmKey.suits(of(vm()))).isTrue();
    assertThat(WarmKey.suits(of(more.apply(vm())))).isFalse();
  }

  @Test
  void onlyOurOwnInitIsKnownToRest() {
    Optional<Path> own = Optional.of(SOMEWHERE);
    assertThat(WarmKey.suits(of(vm(images(own, Optional.empty()))))).isTrue();
    assertThat(WarmKey.suits(of(vm(images(Optional.empty(), own))))).isFalse();
    VmDescription.Builder custom =
        VmDescription.builder("vm", new Guest.Custom(images(own, Optional.empty())))
            .console(ConsoleKind.VIRTIO);
    assertThat(WarmKey.suits(of(custom))).isFalse();
  }

  @Test
  void aNetworkThatOthersAreOnBoots() {
    VmDescription vm = vm().nics(List.of(NicDescription.to("net"))).build();
    for (Uplink uplink : List.of(Uplink.USER, Uplink.RESTRICTED, Uplink.TAP, Uplink.NONE)) {
      NetworkDescription network =
          new NetworkDescription("net", uplink, Optional.empty(), 1500, true);
      var create =
          new SystemAction.CreateSystem(Scenario.of(vm, List.of(network)), "dumb", Map.of(), true);
      assertThat(WarmKey.suits(create))
          .isEqualTo(uplink == Uplink.USER || uplink == Uplink.RESTRICTED);
    }
  }

  private static String key(VmDescription.Builder vm, LinuxImages stock, String words) {
    return WarmKey.of(Scenario.of(vm.build()), stock, words, NAMES).orElseThrow();
  }

  private static LinuxImages stock(String kernel, String initrd) {
    return new LinuxImages(Path.of(kernel), Path.of(initrd), "1", Path.of("busybox"));
  }

  @Test
  void allThatABootDependsOnIsInItsKey() throws IOException {
    LinuxImages stock = stock("kernel", "initrd");
    Set<String> keys = new HashSet<>();
    List<String> all =
        List.of(
            key(vm(), stock, "words"),
            key(vm(), stock, "other words"),
            key(vm(), stock("other", "initrd"), "words"),
            key(vm(), stock("kernel", "other"), "words"),
            key(vm(images(Optional.of(Path.of("own")), Optional.empty())), stock, "words"),
            key(vm().memory(256 << 20), stock, "words"),
            key(vm().vcpus(2), stock, "words"),
            key(vm().mmu("shadow"), stock, "words"),
            key(vm().pci(true), stock, "words"),
            key(vm().files(Map.of("/root/a", file)), stock, "words"),
            key(vm().files(Map.of("/root/b", file)), stock, "words"));
    keys.addAll(all);
    assertThat(keys).hasSameSizeAs(all);
  }

  @Test
  void whatABootDoesNotSeeIsNotInItsKey() {
    LinuxImages stock = stock("kernel", "initrd");
    assertThat(key(vm().engine("interpreter"), stock, ""))
        .isEqualTo(key(vm().engine("auto"), stock, ""))
        .isEqualTo(key(vm().restart(RestartPolicy.REBOOT), stock, ""));
  }

  @Test
  void thereIsNoKeyWhileADigestIsNotKnown() {
    assertThat(
            WarmKey.of(
                Scenario.of(vm().build()),
                stock("kernel", "initrd"),
                "",
                path -> path.endsWith("kernel") ? Optional.empty() : NAMES.apply(path)))
        .isEmpty();
  }
}
