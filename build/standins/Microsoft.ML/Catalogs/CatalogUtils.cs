using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The environment of a catalog, for the extension methods that make components.</summary>
internal static class CatalogUtils
{
    public static IHostEnvironment GetEnvironment(this IInternalCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return catalog.Environment;
    }

    public static IHostEnvironment GetEnvironment(this TrainCatalogBase.CatalogInstantiatorBase catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return catalog.Owner.GetEnvironment();
    }
}
