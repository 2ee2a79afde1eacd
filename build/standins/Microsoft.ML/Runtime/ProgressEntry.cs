using System.Globalization;
using System.Text;

namespace Microsoft.ML.Runtime;

/// <summary>The values of one checkpoint, under the names of a header.</summary>
internal sealed class ProgressEntry : IProgressEntry
{
    private readonly ProgressHeader _header;
    private readonly double?[] _metrics;
    private readonly double?[] _progress;
    private readonly double?[] _limits;

    public ProgressEntry(ProgressHeader header)
    {
        _header = header;
        _metrics = new double?[header.MetricNames.Count];
        _progress = new double?[header.UnitNames.Count];
        _limits = new double?[header.UnitNames.Count];
    }

    public void SetProgress(int index, double value) => Set(_progress, index, value);

    public void SetProgress(int index, double value, double lim)
    {
        Set(_progress, index, value);
        SetLimit(index, lim);
    }

    public void SetMetric(int index, double value) => Set(_metrics, index, value);

    public void SetLimit(int index, double value) => Set(_limits, index, double.IsNaN(value) ? null : value);

    public void AppendTo(StringBuilder text)
    {
        for (int i = 0; i < _progress.Length; i++)
        {
            if (_progress[i] is double value)
            {
                string limit = _limits[i] is double lim ? string.Create(CultureInfo.InvariantCulture, $"/{lim}") : "";
                text.Append(CultureInfo.InvariantCulture, $", {value}{limit} {_header.UnitNames[i]}");
            }
        }

        for (int i = 0; i < _metrics.Length; i++)
        {
            if (_metrics[i] is double value)
            {
                text.Append(CultureInfo.InvariantCulture, $", {_header.MetricNames[i]}: {value}");
            }
        }
    }

    private static void Set(double?[] target, int index, double? value)
    {
        if ((uint)index >= (uint)target.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(index), index, $"The header names {target.Length}");
        }

        target[index] = value;
    }
}
