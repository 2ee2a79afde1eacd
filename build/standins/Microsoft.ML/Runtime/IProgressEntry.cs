namespace Microsoft.ML.Runtime;

/// <summary>Is filled in when somebody asks for the progress.</summary>
public interface IProgressEntry
{
    void SetProgress(int index, double value);

    void SetProgress(int index, double value, double lim);

    void SetMetric(int index, double value);
}
