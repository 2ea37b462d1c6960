package source

import "testing"

// TestSharedDataJSON gathers the samples that other harvesters test with, and
// two that a national portal met.
func TestSharedDataJSON(t *testing.T) {
	tests := []struct {
		file            string
		records, failed int
	}{
		{"dcat-us/1.1/samples/arm.data.json", 3, 0},
		{"dcat-us/1.1/samples/collection-1-parent-2-children.data.json", 3, 0},
		{"dcat-us/1.1/samples/collection-2-parent-4-children.data.json", 6, 0},
		{"dcat-us/1.1/samples/geospatial.data.json", 2, 0},
		{"dcat-us/1.1/samples/large-spatial.data.json", 1, 0},
		{"dcat-us/1.1/samples/many-resources.data.json", 1, 0},
		{"dcat-us/1.1/samples/missing-catalog.data.json", 2, 1},
		{"dcat-us/1.1/samples/missing-dataset-fields.data.json", 2, 1},
		{"dcat-us/1.1/samples/missing-identifier-title.data.json", 3, 2},
		{"dcat-us/1.1/samples/null-spatial.data.json", 1, 0},
		{"dcat-us/1.1/samples/numerical-title.data.json", 1, 0},
		{"dcat-us/1.1/samples/ny.data.json", 1, 0},
		{"dcat-us/1.1/samples/reserved-title.data.json", 1, 0},
		{"dcat-us/1.1/samples/usda.gov.data.json", 3, 0},
		{"dcat-us/harvest-samples/dcatus.json", 7, 0},
		{"dcat-us/harvest-samples/dcatus3_0.json", 4, 0},
		{"dcat-us/harvest-samples/dcatus3_0_invalid.json", 2, 0},
		{"dcat-us/harvest-samples/dcatus3_0_nested_catalog.json", 3, 0},
		{"dcat-us/harvest-samples/dcatus3_0_no_identifier.json", 1, 1},
		{"dcat-us/harvest-samples/dcatus3_0_record_no_id.json", 1, 0},
		{"dcat-us/harvest-samples/dcatus3_0_series_member_also_top_level.json", 2, 0},
		{"dcat-us/harvest-samples/dcatus3_0_series_with_members.json", 2, 0},
		{"dcat-us/harvest-samples/dcatus3_0_service_no_identifier.json", 1, 0},
		{"dcat-us/harvest-samples/dcatus3_0_service_serves_dataset.json", 1, 0},
		{"dcat-us/harvest-samples/dcatus3_0_warning.json", 3, 0},
		{"dcat-us/harvest-samples/dcatus3_0_with_records.json", 1, 0},
		{"dcat-us/harvest-samples/dcatus3_0_with_services.json", 1, 0},
		{"dcat-us/harvest-samples/dcatus_2.json", 3, 0},
		{"dcat-us/harvest-samples/dcatus_bad_license_uri.json", 1, 0},
		{"dcat-us/harvest-samples/dcatus_long_description.json", 1, 0},
		{"dcat-us/harvest-samples/dcatus_multiple_invalid.json", 1, 0},
		{"dcat-us/harvest-samples/dcatus_no_identifier.json", 1, 1},
		{"dcat-us/harvest-samples/dcatus_same_title.json", 2, 0},
		{"dcat-us/harvest-samples/dcatus_same_title_step_2.json", 2, 0},
		{"dcat-us/harvest-samples/dcatus_single_record.json", 1, 0},
		{"dcat-us/harvest-samples/dcatus_single_record_non-federal.json", 1, 0},
		{"dcat-us/harvest-samples/dcatus_spatial_no_translate.json", 1, 0},
		{"dcat-us/harvest-samples/dcatus_with_none.json", 402, 0},
		{"dcat-us/harvest-samples/missing_title.json", 1, 1},
		{"portals/udata-dcat/evian.json", 8, 0},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			failed := 0
			records := gatherShared(t, "datajson", "/data.json", map[string][]byte{"/data.json": sharedFile(t, "dcat/"+tt.file)})
			for _, r := range records {
				if r.Dataset == nil {
					failed++
				}
			}
			if len(records) != tt.records || failed != tt.failed {
				t.Errorf("%d records, %d failed, want %d and %d", len(records), failed, tt.records, tt.failed)
			}
		})
	}
}
