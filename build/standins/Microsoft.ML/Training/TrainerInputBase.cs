using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers;

/// <summary>The base of the options of trainers.</summary>
public abstract class TrainerInputBase
{
    public string FeatureColumnName = DefaultColumnNames.Features;

    private protected TrainerInputBase()
    {
    }
}
