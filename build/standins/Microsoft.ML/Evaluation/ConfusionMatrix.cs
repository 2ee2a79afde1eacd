using System.Globalization;
using System.Text;

namespace Microsoft.ML.Data;

/// <summary>How often each class was predicted as each class.</summary>
public sealed class ConfusionMatrix
{
    private const string RowTitle = "PREDICTED";
    private const int LeastCellWidth = 6;

    private readonly string[] _classNames;

    internal ConfusionMatrix(double[][] counts, string[] classNames)
    {
        _classNames = classNames;
        Counts = counts;
        NumberOfClasses = counts.Length;
        var precision = new double[counts.Length];
        var recall = new double[counts.Length];
        for (int i = 0; i < counts.Length; i++)
        {
            double actual = counts[i].Sum();
            double predicted = counts.Sum(row => row[i]);
            recall[i] = actual > 0 ? counts[i][i] / actual : 0;
            precision[i] = predicted > 0 ? counts[i][i] / predicted : 0;
        }
        PerClassPrecision = precision;
        PerClassRecall = recall;
    }

    /// <summary>Of the examples predicted as a class, the part that is of the class; 0 where it was never predicted.</summary>
    public IReadOnlyList<double> PerClassPrecision { get; }

    /// <summary>Of the examples of a class, the part predicted as it; 0 where the class has no examples.</summary>
    public IReadOnlyList<double> PerClassRecall { get; }

    /// <summary>The counts: a row an actual class, in it a value a predicted class.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Counts { get; }

    /// <summary>The number of classes.</summary>
    public int NumberOfClasses { get; }

    /// <summary>The count of examples of an actual class that were predicted as another.</summary>
    public double GetCountForClassPair(int predictedClassIndicatorIndex, int actualClassIndicatorIndex)
    {
        CheckClass(predictedClassIndicatorIndex, nameof(predictedClassIndicatorIndex));
        CheckClass(actualClassIndicatorIndex, nameof(actualClassIndicatorIndex));
        return Counts[actualClassIndicatorIndex][predictedClassIndicatorIndex];
    }

    /// <summary>The matrix as a table to print: actual classes down, predicted classes across, recall at the right, precision below.</summary>
    public string GetFormattedConfusionTable()
    {
        int side = Math.Max(RowTitle.Length, _classNames.Max(name => name.Length));
        int cell = Math.Max(LeastCellWidth, Math.Max(_classNames.Max(name => name.Length), Counts.SelectMany(r => r).Max(c => Number(c).Length + 1)));
        string rule = new('=', (cell + 2) * NumberOfClasses);

        var table = new StringBuilder();
        table.AppendLine().AppendLine("Confusion table");
        table.Append(' ', side).Append(" ||").AppendLine(rule);
        table.Append(RowTitle.PadRight(side)).Append(" ||");
        for (int i = 0; i < NumberOfClasses; i++)
        {
            table.Append(_classNames[i].PadLeft(cell)).Append(" |");
        }
        table.AppendLine(" Recall");
        table.Append("TRUTH".PadRight(side)).Append(" ||").AppendLine(rule);
        for (int i = 0; i < NumberOfClasses; i++)
        {
            table.Append(_classNames[i].PadLeft(side)).Append(" ||");
            foreach (double count in Counts[i])
            {
                table.Append(Number(count).PadLeft(cell)).Append(" |");
            }
            table.Append(' ').AppendLine(Ratio(PerClassRecall[i]));
        }
        table.Append(' ', side).Append(" ||").AppendLine(rule);
        table.Append("Precision".PadRight(side)).Append(" ||");
        foreach (double precision in PerClassPrecision)
        {
            table.Append(Ratio(precision).PadLeft(cell)).Append(" |");
        }
        table.AppendLine();
        return table.ToString();
    }

    private static string Number(double count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Ratio(double ratio) => ratio.ToString("F4", CultureInfo.InvariantCulture);

    private void CheckClass(int index, string parameter)
    {
        if (index < 0 || index >= NumberOfClasses)
        {
            throw new ArgumentOutOfRangeException(parameter, index, $"Class indicator index should be between 0 and {NumberOfClasses - 1}.");
        }
    }
}
