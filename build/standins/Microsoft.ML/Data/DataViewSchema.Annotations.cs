namespace Microsoft.ML;

public sealed partial class DataViewSchema
{
    /// <summary>What is known of a column beyond its type: named values behind getters, such as the values of a key.</summary>
    public sealed partial class Annotations
    {
        private readonly Delegate[] _getters;

        private Annotations(DataViewSchema schema, Delegate[] getters)
        {
            Schema = schema;
            _getters = getters;
        }

        public static Annotations Empty { get; } = new(new DataViewSchema(Array.Empty<DetachedColumn>()), Array.Empty<Delegate>());

        public DataViewSchema Schema { get; }

        public ValueGetter<TValue> GetGetter<TValue>(Column column)
        {
            if ((uint)column.Index >= (uint)_getters.Length)
            {
                throw new ArgumentOutOfRangeException(nameof(column), $"Annotation '{column.Name}' is not one of these annotations");
            }

            return _getters[column.Index] as ValueGetter<TValue>
                ?? throw new InvalidOperationException(
                    $"Invalid TValue: '{typeof(TValue)}', expected type: '{Schema[column.Index].Type.RawType}'. (annotation '{Schema[column.Index].Name}')");
        }

        public void GetValue<TValue>(string kind, ref TValue value)
        {
            Column? column = Schema.GetColumnOrNull(kind);
            if (column == null)
            {
                throw new InvalidOperationException($"Invalid call to '{nameof(GetValue)}': there is no annotation '{kind}'");
            }

            GetGetter<TValue>(column.Value)(ref value);
        }

        public override string ToString() => string.Join(", ", Schema.Select(column => column.Name));

        /// <summary>The getter at an index, for those who copy annotations without knowing their types.</summary>
        internal Delegate GetGetterInternal(int index) => _getters[index];
    }
}
