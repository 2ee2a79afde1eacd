namespace Microsoft.ML.Runtime;

/// <summary>The environment of one component.</summary>
internal sealed class Host : HostEnvironmentBase, IHost
{
    public Host(HostEnvironmentBase parent, string name, Random random, bool? verbose)
        : base(parent, name, random, verbose)
    {
    }

    public Random Rand => Random;
}
