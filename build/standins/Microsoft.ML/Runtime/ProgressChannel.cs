using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Microsoft.ML.Runtime;

/// <summary>The progress of one computation: each checkpoint is a trace message of the log.</summary>
internal sealed class ProgressChannel : IProgressChannel
{
    private readonly HostEnvironmentBase _host;
    private readonly string _source;
    private readonly long _started = Stopwatch.GetTimestamp();
    private Header _header = new(new ProgressHeader(), null);
    private int _disposed;

    public ProgressChannel(HostEnvironmentBase host, string name)
        : this(host, host.ContextDescription, name)
    {
    }

    private ProgressChannel(HostEnvironmentBase host, string parent, string name)
    {
        _host = host;
        _source = string.IsNullOrEmpty(parent) ? name : parent + "; " + name;
    }

    public IProgressChannel StartProgressChannel(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new ProgressChannel(_host, _source, name);
    }

    public void SetHeader(ProgressHeader header, Action<IProgressEntry> fillAction)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(fillAction);
        Volatile.Write(ref _header, new Header(header, fillAction));
    }

    /// <summary>The values are the metrics in the order of the header, then the units, and then, for the units, their limits.</summary>
    public void Checkpoint(params double?[] values)
    {
        Header current = Volatile.Read(ref _header);
        var entry = new ProgressEntry(current.Names);
        current.Fill?.Invoke(entry);
        int metrics = current.Names.MetricNames.Count;
        int units = current.Names.UnitNames.Count;
        if (values != null && values.Length > metrics + units + units)
        {
            throw new ArgumentException($"There are {values.Length} values for {metrics} metrics, {units} units and their limits", nameof(values));
        }

        for (int i = 0; i < (values?.Length ?? 0); i++)
        {
            if (values[i] is not double value)
            {
                continue;
            }

            if (i < metrics)
            {
                entry.SetMetric(i, value);
            }
            else if (i < metrics + units)
            {
                entry.SetProgress(i - metrics, value);
            }
            else
            {
                entry.SetLimit(i - metrics - units, value);
            }
        }

        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Progress after {Stopwatch.GetElapsedTime(_started):c}");
        entry.AppendTo(text);
        _host.Dispatch(_source, new ChannelMessage(ChannelMessageKind.Trace, MessageSensitivity.None, text.ToString()));
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _host.Dispatch(_source, new ChannelMessage(ChannelMessageKind.Trace, MessageSensitivity.None, "Progress finished. Elapsed {0:c}.", new object[] { Stopwatch.GetElapsedTime(_started) }));
        }
    }

    private sealed record Header(ProgressHeader Names, Action<IProgressEntry> Fill);
}
