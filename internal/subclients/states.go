package subclients

import (
	"net/http"

	"github.com/seed-0f456478/sandbox/internal/web"
)

// catalogState is one of the 32 states: what a creation says, and its proper name.
type catalogState struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// statesCatalog is the catalog (SUB-50).
var statesCatalog = []catalogState{
	{"AGUASCALIENTES", "Aguascalientes"},
	{"BAJA CALIFORNIA", "Baja California"},
	{"BAJA CALIFORNIA SUR", "Baja California Sur"},
	{"CAMPECHE", "Campeche"},
	{"CDMX", "Ciudad de México"},
	{"CHIAPAS", "Chiapas"},
	{"CHIHUAHUA", "Chihuahua"},
	{"COAHUILA", "Coahuila de Zaragoza"},
	{"COLIMA", "Colima"},
	{"DURANGO", "Durango"},
	{"ESTADO DE MEXICO", "Estado de México"},
	{"GUANAJUATO", "Guanajuato"},
	{"GUERRERO", "Guerrero"},
	{"HIDALGO", "Hidalgo"},
	{"JALISCO", "Jalisco"},
	{"MICHOACAN", "Michoacán de Ocampo"},
	{"MORELOS", "Morelos"},
	{"NAYARIT", "Nayarit"},
	{"NUEVO LEON", "Nuevo León"},
	{"OAXACA", "Oaxaca"},
	{"PUEBLA", "Puebla"},
	{"QUERETARO", "Querétaro"},
	{"QUINTANA ROO", "Quintana Roo"},
	{"SAN LUIS POTOSI", "San Luis Potosí"},
	{"SINALOA", "Sinaloa"},
	{"SONORA", "Sonora"},
	{"TABASCO", "Tabasco"},
	{"TAMAULIPAS", "Tamaulipas"},
	{"TLAXCALA", "Tlaxcala"},
	{"VERACRUZ", "Veracruz de Ignacio de la Llave"},
	{"YUCATAN", "Yucatán"},
	{"ZACATECAS", "Zacatecas"},
}

func listStates(*http.Request) (web.Response, error) {
	return ok(struct {
		States []catalogState `json:"states"`
	}{statesCatalog}), nil
}
