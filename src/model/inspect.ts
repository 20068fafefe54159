/**
 * The parts of the Engine API's answers that Toolcrib reads, under the engine's own names
 * (Docker Engine API v1.41, ContainerInspect, ImageInspect, NetworkInspect, VolumeInspect).
 * Optional means: some engine version leaves it out or says null.
 */

export interface InspectedHealthcheck {
  Test?: string[] | null;
  Interval?: number;
  Timeout?: number;
  StartPeriod?: number;
  Retries?: number;
}

export interface InspectedEndpoint {
  NetworkID?: string;
  Aliases?: string[] | null;
  IPAddress?: string;
  /** What somebody asked for, not what was given. */
  IPAMConfig?: { IPv4Address?: string; IPv6Address?: string } | null;
  Links?: string[] | null;
}

export interface ContainerInspect {
  Id: string;
  /** With a leading slash. */
  Name: string;
  Created: string;
  /** Image id. */
  Image: string;
  RestartCount?: number;
  State: {
    Status: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
    Running: boolean;
    Paused?: boolean;
    ExitCode: number;
    Error?: string;
    OOMKilled?: boolean;
    StartedAt?: string;
    FinishedAt?: string;
  };
  Config: {
    Image: string;
    Hostname?: string;
    Domainname?: string;
    User?: string;
    Env?: string[] | null;
    Cmd?: string[] | null;
    Entrypoint?: string[] | null;
    WorkingDir?: string;
    Labels?: Record<string, string> | null;
    ExposedPorts?: Record<string, unknown> | null;
    OpenStdin?: boolean;
    StdinOnce?: boolean;
    Tty?: boolean;
    Healthcheck?: InspectedHealthcheck | null;
    StopSignal?: string;
    StopTimeout?: number | null;
  };
  HostConfig: {
    Binds?: string[] | null;
    Mounts?: unknown[] | null;
    Memory?: number;
    MemorySwap?: number;
    MemoryReservation?: number;
    NanoCpus?: number;
    CpuShares?: number;
    CpuQuota?: number;
    CpuPeriod?: number;
    CpusetCpus?: string;
    CpusetMems?: string;
    CpuRealtimePeriod?: number;
    CpuRealtimeRuntime?: number;
    /** Up to API 1.41. */
    KernelMemory?: number;
    KernelMemoryTCP?: number;
    /** null: the host's. */
    MemorySwappiness?: number | null;
    OomKillDisable?: boolean | null;
    BlkioWeight?: number;
    BlkioWeightDevice?: unknown[] | null;
    BlkioDeviceReadBps?: unknown[] | null;
    BlkioDeviceWriteBps?: unknown[] | null;
    BlkioDeviceReadIOps?: unknown[] | null;
    BlkioDeviceWriteIOps?: unknown[] | null;
    CgroupParent?: string;
    PidsLimit?: number | null;
    RestartPolicy?: { Name?: string; MaximumRetryCount?: number };
    AutoRemove?: boolean;
    CapAdd?: string[] | null;
    CapDrop?: string[] | null;
    GroupAdd?: string[] | null;
    Privileged?: boolean;
    ReadonlyRootfs?: boolean;
    SecurityOpt?: string[] | null;
    Tmpfs?: Record<string, string> | null;
    Ulimits?: { Name: string; Soft: number; Hard: number }[] | null;
    Init?: boolean | null;
    IpcMode?: string;
    PidMode?: string;
    UTSMode?: string;
    UsernsMode?: string;
    NetworkMode?: string;
    PortBindings?: Record<string, { HostIp?: string; HostPort?: string }[] | null> | null;
    PublishAllPorts?: boolean;
    Devices?: unknown[] | null;
    DeviceRequests?: unknown[] | null;
    DeviceCgroupRules?: string[] | null;
    ExtraHosts?: string[] | null;
    Dns?: string[] | null;
    DnsOptions?: string[] | null;
    DnsSearch?: string[] | null;
    Links?: string[] | null;
    VolumesFrom?: string[] | null;
    Sysctls?: Record<string, string> | null;
    StorageOpt?: Record<string, string> | null;
    LogConfig?: { Type?: string; Config?: Record<string, string> | null };
    Runtime?: string;
    OomScoreAdj?: number;
    MaskedPaths?: string[] | null;
    ReadonlyPaths?: string[] | null;
  };
  Mounts?: {
    Type: string;
    Name?: string;
    Source?: string;
    Destination: string;
    RW: boolean;
    Propagation?: string;
  }[];
  NetworkSettings: {
    Networks?: Record<string, InspectedEndpoint> | null;
  };
}

export interface ImageInspect {
  Id: string;
  RepoTags?: string[] | null;
  RepoDigests?: string[] | null;
  /** The step before, where the classic builder made it on this engine. */
  Parent?: string;
  Os: string;
  Architecture: string;
  Config?: {
    User?: string;
    Env?: string[] | null;
    Cmd?: string[] | null;
    Entrypoint?: string[] | null;
    WorkingDir?: string;
    Labels?: Record<string, string> | null;
    Volumes?: Record<string, unknown> | null;
    Healthcheck?: InspectedHealthcheck | null;
    StopSignal?: string;
  } | null;
}

export interface NetworkInspect {
  Id: string;
  Name: string;
  Driver: string;
  Internal: boolean;
  EnableIPv6?: boolean;
  Attachable?: boolean;
  Labels?: Record<string, string> | null;
  Options?: Record<string, string> | null;
  IPAM?: { Config?: { Subnet?: string; Gateway?: string }[] | null } | null;
}

export interface VolumeInspect {
  Name: string;
  /** ISO 8601, to the second; engines before 23 give the last change of its top folder. Some drivers do not tell. */
  CreatedAt?: string | null;
  Driver: string;
  Labels?: Record<string, string> | null;
  Options?: Record<string, string> | null;
}

/** SystemInfo: what an engine says of itself and its host. */
export interface EngineInfo {
  ID: string;
  Name: string;
  ServerVersion?: string;
  OSType?: string;
  /** As the kernel calls it: `x86_64`. */
  Architecture?: string;
  Driver?: string;
  DockerRootDir?: string;
  CgroupVersion?: string;
  CgroupDriver?: string;
  NCPU?: number;
  MemoryLimit?: boolean;
  SwapLimit?: boolean;
  PidsLimit?: boolean;
  CpuCfsQuota?: boolean;
  /** `name=seccomp,profile=default`. */
  SecurityOptions?: string[] | null;
  /** ISO 8601: its host's clock, when it answered. */
  SystemTime?: string;
  /** Names of drivers. */
  Plugins?: { Volume?: string[] | null };
  Warnings?: string[] | null;
}
