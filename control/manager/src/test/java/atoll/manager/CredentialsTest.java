package atoll.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.image.MirrorChoice;
import atoll.image.RefusedException;
import atoll.scenario.FwCfgSpec;
import atoll.scenario.Guest;
import atoll.scenario.ShareSpec;
import atoll.scenario.VmDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CredentialsTest {
  private static final String FOLDER = "opt/io.systemd.credentials/";

  @TempDir private Path folder;

  private static Guest uefi(List<Path> keys) {
    return new Guest.Uefi(MirrorChoice.USUAL, Optional.empty(), Optional.empty(), keys);
  }

  private static Map<String, String> told(VmDescription vm) {
    Map<String, String> items = new LinkedHashMap<>();
    Credentials.with(vm).forEach(item -> items.put(item.name(), item.text()));
    return items;
  }

  @Test
  void keysFilesAndFoldersReachASystemThatFirmwareStarts() throws IOException {
    Path one = Files.writeString(folder.resolve("1.pub"), "ssh-ed25519 AAAA one\n");
    Path two = Files.writeString(folder.resolve("2.pub"), "ssh-rsa BBBB two");
    Path script = Files.write(folder.resolve("script"), new byte[] {0, 'a', '\n', (byte) 0xff});
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-x---"));
    VmDescription vm =
        VmDescription.builder("vm", uefi(List.of(one, two)))
            .files(Map.of("/root/run", script))
            .shares(
                List.of(
                    new ShareSpec(folder, "work", false, Optional.of("/root/work")),
                    new ShareSpec(folder, "data", true, Optional.of("/srv/data")),
                    new ShareSpec(folder, "other", false, Optional.empty())))
            .build();
    assertThat(told(vm))
        .isEqualTo(
            Map.of(
                FOLDER + "ssh.authorized_keys.root",
                "ssh-ed25519 AAAA one\nssh-rsa BBBB two\n",
                FOLDER + "tmpfiles.extra",
                "f+~ /root/run 0750 root root - AGEK/w==\n",
                FOLDER + "fstab.extra",
                "work /root/work 9p nofail,trans=virtio,version=9p2000.L,cache=mmap 0 0\n"
                    + "data /srv/data 9p nofail,trans=virtio,version=9p2000.L,cache=mmap,ro 0 0\n"));
  }

  @Test
  void nothingIsAddedThatNobodyAskedForOrThatTheUserGivesHimself() throws IOException {
    assertThat(told(VmDescription.builder("vm", uefi(List.of())).build())).isEmpty();
    Path key = Files.writeString(folder.resolve("1.pub"), "ssh-ed25519 AAAA one\n");
    String name = FOLDER + "ssh.authorized_keys.root";
    VmDescription own =
        VmDescription.builder("vm", uefi(List.of(key)))
            .fwCfg(List.of(new FwCfgSpec(name, Optional.empty(), "mine")))
            .build();
    assertThat(told(own)).isEqualTo(Map.of(name, "mine"));
    VmDescription linux =
        VmDescription.builder(
                "vm",
                new Guest.Linux(MirrorChoice.USUAL, Guest.Linux.NO_TERMINAL, Guest.Images.none()))
            .files(Map.of("/root/key", key))
            .build();
    assertThat(told(linux)).isEmpty();
  }

  @Test
  void aFileThatCannotBeReadIsSaid() {
    VmDescription vm =
        VmDescription.builder("vm", uefi(List.of(folder.resolve("missing.pub")))).build();
    assertThatThrownBy(() -> told(vm))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("missing.pub, which the guest is to have, cannot be read");
  }
}
