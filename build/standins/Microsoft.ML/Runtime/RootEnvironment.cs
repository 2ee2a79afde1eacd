namespace Microsoft.ML.Runtime;

/// <summary>The environment behind an <see cref="MLContext"/>.</summary>
internal sealed class RootEnvironment : HostEnvironmentBase
{
    public RootEnvironment(int? seed, Action<string, ChannelMessage> log)
        : base(seed, log)
    {
    }
}
